import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { io } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Parts } from './app.js';
import { startHttp } from './http.js';
import { moment } from '../../support/time.js';

export interface Received {
  readonly event: string;
  readonly data: unknown;
}

/** A client of a gateway: sends an event and gives the first that comes back. */
export type Ask = (event: string) => Promise<Received>;

async function askWs(url: string): Promise<Ask> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  onTestFinished(() => socket.close());
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  return async (event) => {
    const answer = moment<Received>();
    socket.once('message', (text: Buffer) => {
      answer.reach(JSON.parse(text.toString()) as Received);
    });
    socket.send(JSON.stringify({ event, data: {} }));
    return answer.reached;
  };
}

async function askSocketIo(url: string): Promise<Ask> {
  const socket = io(url, { transports: ['websocket'] });
  onTestFinished(() => void socket.close());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve()).once('connect_error', reject);
  });
  return async (event) => {
    const answer = moment<Received>();
    socket.onAny((name: string, data: unknown) => {
      answer.reach({ event: name, data });
    });
    socket.emit(event, {});
    return answer.reached;
  };
}

const kinds = {
  ws: { adapter: (nest: INestApplication) => new WsAdapter(nest), ask: askWs },
  'socket.io': { adapter: (nest: INestApplication) => new IoAdapter(nest), ask: askSocketIo },
};
export type GatewayKind = keyof typeof kinds;
export const gatewayKinds = Object.keys(kinds) as GatewayKind[];

/** An application with gateways, and a client that is connected to it. */
export async function startGateway(parts: Parts, kind: GatewayKind) {
  const { adapter, ask } = kinds[kind];
  const app = await startHttp(parts, 'Express 5', (nest) => {
    nest.useWebSocketAdapter(adapter(nest));
  });
  return { ...app, ask: await ask(app.url) };
}
