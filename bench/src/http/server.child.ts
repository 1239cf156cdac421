import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { applicationOf } from './applications.js';

const [platform = '', variant = ''] = process.argv.slice(2);
const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
// Both filters call the logger; what it prints is not what is compared.
const app = await NestFactory.create(applicationOf(variant), adapter, { logger: ['fatal'] });
await app.listen(0, '127.0.0.1');
const address = app.getHttpServer().address() as { port: number };

process.on('message', () => process.send?.(process.cpuUsage()));
process.send?.(address.port);
