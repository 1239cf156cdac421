import {
  BadGatewayException,
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  ImATeapotException,
  InternalServerErrorException,
  NotFoundException,
  NotImplementedException,
  Post,
  ServiceUnavailableException,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
  type Type,
} from '@nestjs/common';
import { expect, it } from 'vitest';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';
import { nestMajor } from '../support/versions.js';

class Campaign {
  declare budget: number;
}

/** The part of class-validator that ValidationPipe calls. */
const validator = {
  validate: ({ budget }: Campaign) =>
    budget > 0
      ? []
      : [{ property: 'budget', constraints: { isPositive: 'budget must be a positive number' } }],
};
const transformer = {
  plainToInstance: <T>(type: Type<T>, plain: unknown) =>
    Object.assign(new type() as object, plain) as T,
  classToPlain: (instance: object) => ({ ...instance }),
};

@Controller()
class Campaigns {
  @Post('campaigns')
  create(@Body() campaign: Campaign) {
    return campaign;
  }

  @Get('private')
  @UseGuards({ canActivate: () => false })
  read() {
    return 'secret';
  }
}

const HTML = '<b>no</b>';
const LONG = 'Campaign names are short. '.repeat(40);

onBothAdapters("the application's own HTTP exceptions", (testCase) => {
  const answerTo = async (thrown: unknown) => {
    const app = await testCase()
      .controllers(failingRoute(() => thrown))
      .start();
    const reply = await app.get('/fail', { headers: { 'accept-language': 'en' } });
    return { app, ...reply };
  };

  it.each([
    // [exception, status, code, type, retry_allowed]
    [new BadRequestException(), 400, '1001', 'VALIDATION_ERROR', false],
    [new UnauthorizedException(), 401, '1002', 'UNAUTHORIZED', false],
    [new HttpException('Payment required', 402), 402, '1001', 'BAD_REQUEST', false],
    [new ForbiddenException(), 403, '1004', 'FORBIDDEN', false],
    [new NotFoundException(), 404, '5000', 'NOT_FOUND', false],
    [new ConflictException(), 409, '5004', 'CONFLICT', false],
    [new ImATeapotException(), 418, '1001', 'BAD_REQUEST', false],
    [new HttpException('Slow down', 429), 429, '1003', 'API_RATE_LIMIT', true],
    [new InternalServerErrorException(), 500, '1000', 'UNKNOWN_ERROR', false],
    [new NotImplementedException(), 501, '1000', 'UNKNOWN_ERROR', false],
    [new BadGatewayException(), 502, '4000', 'SERVICE_UNAVAILABLE', false],
    [new ServiceUnavailableException(), 503, '4000', 'SERVICE_UNAVAILABLE', true],
    [new HttpException('Slow', 504), 504, '4000', 'SERVICE_UNAVAILABLE', false],
  ])('%s keeps its status: %i, %s %s', async (exception, status, code, type, allowed) => {
    const reply = await answerTo(exception);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ error: { code, type }, retry_allowed: allowed });
  });

  it.each([
    ['a text', new NotFoundException('No campaign 17'), 'No campaign 17'],
    ['an object', new ConflictException({ message: 'Taken', debug: 'SELECT 1' }), 'Taken'],
    ['the text of Nest', new ForbiddenException(), 'Forbidden'],
    ['markup, which JSON does not run', new BadRequestException(HTML), HTML],
  ])('speak to the client in their own words: %s', async (_, exception, message) => {
    const reply = await answerTo(exception);
    expect(reply.body.error.message).toBe(message);
    expect(reply.text).not.toContain('SELECT');
  });

  it('are cut to 500 characters', async () => {
    const { body } = await answerTo(new BadRequestException(LONG));
    expect(body.error.message).toHaveLength(500);
    expect(LONG.startsWith(body.error.message.slice(0, 499))).toBe(true);
  });

  it('of the 5xx kind say nothing about the inside', async () => {
    const { text, body } = await answerTo(
      new InternalServerErrorException('relation "users" does not exist', { cause: 'pg' }),
    );
    expect(body.error.message).toBe('An unexpected error occurred.');
    expect(text).not.toContain('users');
  });

  it.runIf(nestMajor >= 12)('may carry an error code, which is new in Nest 12', async () => {
    const options: object = { errorCode: 'NAME_TAKEN' };
    const { body } = await answerTo(new ConflictException('Taken', options));
    expect(body.error.details).toEqual({ platform_code: 'NAME_TAKEN' });
  });

  it('of ValidationPipe list what is wrong', async () => {
    const pipe = new ValidationPipe({
      validatorPackage: validator,
      transformerPackage: transformer,
    });
    const app = await testCase()
      .controllers(Campaigns)
      .prepare((nest) => nest.useGlobalPipes(pipe))
      .start();
    const { status, body } = await app.post(
      '/campaigns',
      { budget: -1 },
      { 'accept-language': 'en' },
    );
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      type: 'VALIDATION_ERROR',
      message: 'What was submitted is not valid.',
      details: { errors: ['budget must be a positive number'] },
    });
    expect((await app.post('/campaigns', { budget: 5 })).status).toBe(201);
  });

  it('of guards are answered the same way', async () => {
    const app = await testCase().controllers(Campaigns).start();
    const { status, body } = await app.get('/private');
    expect(status).toBe(403);
    expect(body.error).toMatchObject({ type: 'FORBIDDEN', context: 'GET /private' });
  });
});
