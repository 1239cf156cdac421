import type { Messages } from './error-catalog.js';

export const EN: Messages = {
  TOKEN_EXPIRED: {
    message: 'The authorization of the ad account has expired. Please authorize it again.',
    action: 'Authorize again',
  },
  TOKEN_INVALID: {
    message:
      'The authorization of the ad account is invalid or was revoked. Please reconnect the account.',
    action: 'Reconnect the account',
  },
  PERMISSION_DENIED: {
    message: 'The authorized account does not have permission for this operation.',
    action: 'Ask the administrator of the ad account for the permission',
  },
  API_RATE_LIMIT: {
    message: 'Too many requests were sent, and the limit of the platform is reached.',
    action: 'Try again later',
  },
  PLATFORM_SERVICE_ERROR: {
    message: 'The ad platform has a fault, and the operation may not be complete.',
    action: 'Try again later, after checking whether the operation took effect',
  },
  PLATFORM_TIMEOUT: {
    message: 'The ad platform did not answer in time, and the result is not confirmed.',
    action: 'Check on the ad platform whether the operation took effect before trying again',
  },
  BUDGET_INSUFFICIENT: {
    message: 'The balance or budget of the ad account is not sufficient, and nothing was done.',
    action: 'Add funds to the ad account or adjust the budget',
  },
  CREATIVE_REJECTED: {
    message: 'The creative did not pass the review of the platform.',
    action: 'Change the creative as the reason says and submit it again',
  },
  AD_PLATFORM_ERROR: {
    message: 'The ad platform could not complete the operation.',
    action: 'Check the state of the ad account, and contact support if it fails again',
  },
  MCP_CONNECTION_ERROR: {
    message: 'The tool service cannot be reached.',
    action: 'Try again later',
  },
  MCP_TIMEOUT: {
    message: 'The tool service did not answer in time, and the result is not confirmed.',
    action: 'Check whether the operation took effect before trying again',
  },
  MCP_TOOL_ERROR: {
    message: 'The tool failed.',
    action: 'Check the input, and contact support if it fails again',
  },
  INSUFFICIENT_CREDITS: {
    message: 'Your credits are not sufficient, and nothing was done.',
    action: 'Add credits and try again',
  },
  AI_MODEL_FAILED: {
    message: 'The AI model could not produce a result.',
    action: 'Try again later',
  },
  AI_MODEL_TIMEOUT: {
    message: 'The AI model did not finish in time.',
    action: 'Try again later or with a shorter input',
  },
  AI_MODEL_QUOTA_EXCEEDED: {
    message: 'The quota of the AI model is used up.',
    action: 'Wait until the quota is renewed or upgrade it',
  },
  CONNECTION_FAILED: {
    message: 'A service that is needed for this cannot be reached.',
    action: 'Check the network and try again later',
  },
  TIMEOUT: {
    message: 'The operation did not end in time, and the result is not confirmed.',
    action: 'Check whether the operation took effect before trying again',
  },
  SERVICE_UNAVAILABLE: {
    message: 'The service is not available at the moment.',
    action: 'Try again later',
  },
  VALIDATION_ERROR: {
    message: 'What was submitted is not valid.',
    action: 'Correct it and submit it again',
  },
  OUTCOME_UNKNOWN: {
    message: 'The operation may have taken effect, but the result could not be confirmed.',
    action: 'Check on the platform whether it took effect before you repeat it',
  },
  PARKED: {
    message:
      'The platform asks for a longer wait. The operation is scheduled and will be done then.',
    action: 'Do not submit it again; look later whether it is done',
  },
  CANCELLED: {
    message: 'The operation was cancelled.',
    action: 'Start it again if it is still needed',
  },
  BAD_REQUEST: {
    message: 'The request cannot be processed.',
    action: 'Check the request',
  },
  UNAUTHORIZED: {
    message: 'You are not signed in, or your session has ended.',
    action: 'Sign in again',
  },
  FORBIDDEN: {
    message: 'You are not allowed to do this.',
    action: 'Ask your administrator',
  },
  NOT_FOUND: {
    message: 'What you asked for does not exist.',
    action: 'Check the address or refresh the list',
  },
  CONFLICT: {
    message: 'The content was changed in the meantime, which conflicts with this operation.',
    action: 'Refresh and try again',
  },
  UNKNOWN_ERROR: {
    message: 'An unexpected error occurred.',
    action: 'Contact support and give them the request number',
  },
};
