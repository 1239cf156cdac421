export { startVirtualTime } from './virtual-time.js';
export type { VirtualTime } from './virtual-time.js';
export { fail, hang, succeed } from './scripted-upstream.js';
export type { ScriptedCall, ScriptedUpstream } from './scripted-upstream.js';
