import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

// What npm and vitest add for this project's own scripts; an application's install must not see it.
const OWN = /^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD|NODE_ENV|VITEST)/;

/** The environment of somebody outside this project: the same Node, none of our tools. */
export const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name))),
  PATH: [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.startsWith(root)),
  ].join(delimiter),
};

/** Runs a command and returns all it printed; that is also the message of its failure. */
export function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: environment, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`;
      if (error === null) return resolve(output);
      reject(new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${output}`));
    });
  });
}
