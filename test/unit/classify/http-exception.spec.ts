import {
  BadRequestException,
  ConflictException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { nestMajor } from '../../support/versions.js';
import { classifyHttpException, HttpExceptionError } from '../../../lib/classify/http-exception.js';

describe("Nest's HTTP exceptions", () => {
  const rows: readonly (readonly [number, string, string])[] = [
    [400, 'VALIDATION_ERROR', '1001'],
    [401, 'UNAUTHORIZED', '1002'],
    [402, 'BAD_REQUEST', '1001'],
    [403, 'FORBIDDEN', '1004'],
    [404, 'NOT_FOUND', '5000'],
    [405, 'BAD_REQUEST', '1001'],
    [408, 'BAD_REQUEST', '1001'],
    [409, 'CONFLICT', '5004'],
    [410, 'BAD_REQUEST', '1001'],
    [413, 'BAD_REQUEST', '1001'],
    [415, 'BAD_REQUEST', '1001'],
    [418, 'BAD_REQUEST', '1001'],
    [422, 'BAD_REQUEST', '1001'],
    [429, 'API_RATE_LIMIT', '1003'],
    [499, 'BAD_REQUEST', '1001'],
    [500, 'UNKNOWN_ERROR', '1000'],
    [501, 'UNKNOWN_ERROR', '1000'],
    [502, 'SERVICE_UNAVAILABLE', '4000'],
    [503, 'SERVICE_UNAVAILABLE', '4000'],
    [504, 'SERVICE_UNAVAILABLE', '4000'],
    [505, 'UNKNOWN_ERROR', '1000'],
    [599, 'UNKNOWN_ERROR', '1000'],
  ];

  it.each(rows)('of the status %i are %s %s', (status, type, code) => {
    const exception = new HttpException('own words', status);
    const error = classifyError(exception, { platform: 'meta' });
    expect(error).toMatchObject({ type, code, status, cause: exception, message: 'own words' });
    expect(error?.retryable).toBe(status === 429 || status === 503);
    expect(error?.mayHaveExecuted).toBe(status >= 500);
    expect(error?.retryAfter).toBeUndefined();
    expect(error).toBeInstanceOf(HttpExceptionError);
  });

  it.each([
    [new NotFoundException('No such campaign'), 'No such campaign'],
    [new NotFoundException(), 'Not Found'],
    [new ConflictException({ message: 'Changed by Jane', code: 5 }), 'Changed by Jane'],
    [new ForbiddenException({ code: 5 }), 'Forbidden Exception'],
    [new HttpException('teapot', 418), 'teapot'],
    [new BadRequestException(['budget must be positive']), undefined],
    [new InternalServerErrorException('db is down'), undefined],
    [new HttpException({ message: 'db is down' }, 503), undefined],
  ])('speak to the client only where it is a 4xx with a text: %s', (exception, words) => {
    expect(classifyHttpException(exception)?.clientMessage).toBe(words);
  });

  it('list what is wrong with the input', () => {
    const errors = ['budget must be positive', 'name must be a string'];
    expect(classifyError(new BadRequestException(errors))?.details).toEqual({ errors });
    expect(classifyError(new UnprocessableEntityException(errors))?.details).toEqual({ errors });
    expect(classifyError(new BadRequestException('x'))?.details).toEqual({});
  });

  it('list nothing of a failure inside', () => {
    const inside = new InternalServerErrorException(['SELECT * FROM ledgers failed']);
    expect(classifyError(inside)?.details).toEqual({});
  });

  it.runIf(nestMajor >= 12)('keep the error code, which is new in Nest 12', () => {
    const options: object = { errorCode: 'BUDGET_TOO_LOW' };
    const exception = new BadRequestException('x', options);
    expect(classifyError(exception)?.details).toEqual({ platform_code: 'BUDGET_TOO_LOW' });
  });

  it('are told by their shape, since there may be two copies of Nest', () => {
    class OtherCopy extends Error {
      getStatus = () => 404;
      getResponse = () => ({ statusCode: 404, message: 'No such campaign' });
    }
    expect(classifyHttpException(new OtherCopy('x'))).toMatchObject({
      type: 'NOT_FOUND',
      clientMessage: 'No such campaign',
    });
  });

  it.each([302, 200, 600, 0, Number.NaN, 404.5])('of the status %d are none', (status) => {
    expect(classifyHttpException(new HttpException('x', status))).toBeUndefined();
  });

  it('keep their meaning where an upstream error is their cause', () => {
    const cause = Object.assign(new Error('x'), { response: { status: 503 } });
    expect(classifyError(new NotFoundException('x', { cause }))?.type).toBe('NOT_FOUND');
  });
});

describe("the errors of the frameworks' own parsers and routers", () => {
  const withFields = (fields: object) => Object.assign(new Error('own words'), fields);

  it.each([
    [withFields({ expose: true, status: 413, statusCode: 413 }), 'BAD_REQUEST', 413],
    [withFields({ expose: true, status: 400, statusCode: 400 }), 'VALIDATION_ERROR', 400],
    [withFields({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }), 'BAD_REQUEST', 413],
    [withFields({ code: 'FST_ERR_BAD_URL', statusCode: 400 }), 'VALIDATION_ERROR', 400],
  ])('keep their status', (error, type, status) => {
    expect(classifyHttpException(error)).toMatchObject({ type, status });
    expect(classifyHttpException(error)?.clientMessage).toBe('own words');
  });

  it('keep to themselves what is not to be exposed, as the path of a file that is not there', () => {
    const path = "ENOENT: no such file or directory, stat '/srv/app/public/x'";
    const missing = Object.assign(new Error(path), { expose: false, status: 404, statusCode: 404 });
    expect(classifyHttpException(missing)).toMatchObject({ type: 'NOT_FOUND', status: 404 });
    expect(classifyHttpException(missing)?.clientMessage).toBeUndefined();
  });

  it.each([
    [withFields({ statusCode: 413 })],
    [withFields({ expose: true, status: 400, statusCode: 413 })],
    [withFields({ expose: 'yes', status: 413, statusCode: 413 })],
    [{ expose: true, status: 413, statusCode: 413 }],
  ])('are not every error with a status', (error) => {
    expect(classifyHttpException(error)).toBeUndefined();
  });
});
