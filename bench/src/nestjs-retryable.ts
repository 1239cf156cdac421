// The built package, as its users get it. From `src/` and from `dist/` it is equally far away.
export * from '../../dist/esm/index.js';
