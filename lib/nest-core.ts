// What is used of `@nestjs/core`, file by file: its index loads the whole framework, which takes
// several times as long as this package and which who only calls `retryWithBackoff` does not need.
export { ApplicationConfig } from '@nestjs/core/application-config.js';
export { APP_INTERCEPTOR } from '@nestjs/core/constants.js';
export { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
export { HttpAdapterHost } from '@nestjs/core/helpers/http-adapter-host.js';
export { ModulesContainer } from '@nestjs/core/injector/modules-container.js';
