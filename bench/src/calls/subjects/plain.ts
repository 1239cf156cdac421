import { Service, type Maker } from '../subject.js';

/** The method itself. */
export const direct: Maker = (body) => {
  const service = new Service(body);
  return () => service.call();
};

/** A retry as one would write it by hand: no limit, no context, no report. */
export const loop: Maker = (body, { retries }) => {
  const service = new Service(body);
  return async () => {
    for (let retry = 0; ; retry++) {
      try {
        return await service.call();
      } catch (error) {
        if (retry === retries) throw error;
      }
    }
  };
};
