/** The application's retry runtime: both the provider's token and the property it is injected to. */
export const RUNTIME = Symbol.for('nestjs-retryable:runtime');

/** The application's logger, by whatever copy of the package it is asked for. */
export const LOGGER = Symbol.for('nestjs-retryable:logger');

/** The application's checked error presentation. */
export const PRESENTATION = Symbol.for('nestjs-retryable:presentation');

/** The filter that the module puts last in turn, or null. */
export const GLOBAL_FILTER = Symbol.for('nestjs-retryable:global-filter');
