import { ValidationError } from 'nestjs-retryable';

/**
 * Reads the fields of a request's body and keeps count of what is wrong with them, so that the
 * caller hears everything at once. (With class-validator and a ValidationPipe the answer is the
 * same JSON.)
 */
export class Fields {
  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
    private readonly mistakes: { field: string; message: string }[],
  ) {}

  /** @throws ValidationError that lists every mistake */
  static read<T>(body: unknown, reader: (fields: Fields) => T): T {
    const fields = new Fields(asRecord(body), '', []);
    const result = reader(fields);
    if (fields.mistakes.length > 0) throw new ValidationError({ errors: fields.mistakes });
    return result;
  }

  text(name: string): string {
    const value = this.values[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.wrong(name, 'is required');
    return '';
  }

  /** A name that goes into the URLs of platforms. */
  id(name: string): string {
    const value = this.text(name);
    if (value !== '' && !/^[\w~:-]{1,100}$/.test(value)) this.wrong(name, 'is not an id');
    return value;
  }

  /** Whether the caller said anything under this name. */
  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  is(name: string, value: string): boolean {
    return this.values[name] === value;
  }

  oneOf<const T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const found = allowed.find((each) => each === this.values[name]);
    if (found === undefined) this.wrong(name, `must be one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  }

  number(name: string, { min = -Infinity, max = Infinity } = {}): number {
    const value = this.values[name];
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.wrong(name, `must be a number${min === -Infinity ? '' : ` from ${min}`}`);
    return Number.NaN;
  }

  object<T>(name: string, reader: (fields: Fields) => T): T {
    return reader(new Fields(asRecord(this.values[name]), `${this.path}${name}.`, this.mistakes));
  }

  /** At least one entry. */
  list<T>(name: string, reader: (fields: Fields) => T): T[] {
    const value = this.values[name];
    if (!Array.isArray(value) || value.length === 0) {
      this.wrong(name, 'must be a list with at least one entry');
      return [];
    }
    return value.map((entry, index) =>
      reader(new Fields(asRecord(entry), `${this.path}${name}[${index}].`, this.mistakes)),
    );
  }

  wrong(name: string, message: string): void {
    this.mistakes.push({ field: `${this.path}${name}`, message });
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
