import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as {
  version: string;
};

/** The major version of Nest that the tests run on. */
export const nestMajor = Number.parseInt(version, 10);

const [nodeMajor = 0, nodeMinor = 0] = process.versions.node.split('.').map(Number);

/** Whether the tests run on this version of Node or on a later one. */
export function nodeIsAtLeast(major: number, minor: number): boolean {
  return nodeMajor > major || (nodeMajor === major && nodeMinor >= minor);
}
