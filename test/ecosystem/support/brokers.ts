import { connect } from 'node:net';

const ports = { Redis: 6379, RabbitMQ: 5672 };
export type Broker = keyof typeof ports;

/** Whether nothing listens at a broker's standard port; with `REQUIRE_BROKERS` that is no excuse. */
async function isAbsent(broker: Broker): Promise<boolean> {
  if (process.env['REQUIRE_BROKERS'] !== undefined) return false;
  const port = ports[broker];
  const absent = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    }).on('error', () => resolve(true));
  });
  if (absent) console.warn(`${broker} is not at 127.0.0.1:${port}: its tests are skipped.`);
  return absent;
}

/** Brokers that are not there: their tests are skipped. */
export const absent: ReadonlySet<string> = new Set(
  (
    await Promise.all(
      ['Redis' as const, 'RabbitMQ' as const].map(async (broker) =>
        (await isAbsent(broker)) ? [broker] : [],
      ),
    )
  ).flat(),
);
