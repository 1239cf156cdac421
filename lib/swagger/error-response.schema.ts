import {
  ApiProperty,
  ApiPropertyOptional,
  ApiSchema,
  type ApiPropertyOptions,
} from '@nestjs/swagger';
import type { ErrorResponse } from '../response/error-response.js';

type Properties = Extract<ApiPropertyOptions, { properties: object }>['properties'];

const text = (description: string) => ({ type: 'string', description }) as const;
const number = (description: string) => ({ type: 'number', description }) as const;

const DETAILS: Properties = {
  retry_after: { type: 'integer', description: 'Seconds' },
  status_code: { type: 'integer', description: 'The HTTP status of the platform' },
  reason: text('Why a creative was rejected'),
  field: text('Which input is wrong'),
  errors: {
    type: 'array',
    description: 'What is wrong with the input',
    items: {
      oneOf: [
        { type: 'string' },
        { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
      ],
    },
  },
  required: number('How much is needed'),
  available: number('How much is there'),
  platform_code: {
    oneOf: [{ type: 'string' }, { type: 'number' }],
    description: "The platform's own code",
  },
  platform_request_id: text("What the platform's support asks for"),
  job_id: text('Under which a parked call is found again'),
  resumes_at: { type: 'string', format: 'date-time', description: 'When a parked call is made' },
};

const ERROR: Record<keyof ErrorResponse['error'], Properties[string]> = {
  code: text('The number of the type'),
  type: { ...text('What happened'), example: 'API_RATE_LIMIT' },
  message: text('What happened, in the language of `Content-Language`'),
  context: text('The operation that failed'),
  platform: text('Whose API was called'),
  timestamp: { type: 'string', format: 'date-time' },
  action: text('What the person can do'),
  action_url: text('Where the person can do it'),
  details: { type: 'object', properties: DETAILS, additionalProperties: true },
  request_id: text('The number of the request in the logs'),
};

/** The schema component `ErrorResponse`. */
@ApiSchema({ name: 'ErrorResponse' })
export class ErrorResponseSchema implements ErrorResponse {
  @ApiProperty({ type: 'string', enum: ['error'] })
  status!: 'error';

  @ApiProperty({
    type: 'object',
    properties: ERROR,
    required: ['code', 'type', 'message', 'context', 'timestamp'],
    selfRequired: true,
  })
  error!: ErrorResponse['error'];

  @ApiProperty({ type: 'boolean', description: 'Whether it makes sense to offer "try again"' })
  retry_allowed!: boolean;

  @ApiPropertyOptional({ type: 'integer', description: 'Seconds to wait before' })
  retry_after!: number;
}
