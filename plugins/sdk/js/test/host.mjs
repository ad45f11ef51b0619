// What lockgate gives a gate, as the tests set it. Each interface is an instance of this module, so the state is global.

export const host = (globalThis.lockgateOfTests ??= { network: () => {}, lines: [], slept: [], slices: () => [] });

export const sendAll = (requests) => requests.map((request) => host.network(request));
export const write = (level, message, fields) => host.lines.push({ level, message, fields });
export const nowMs = () => 12.5;
export const sleepMs = (ms) => host.slept.push(ms);
export const slices = (newest) => host.slices(newest);

export const response = (status, body = "", elapsedMs = 1, headers = []) => ({
  tag: "ok",
  val: { status, headers, body: typeof body === "string" ? new TextEncoder().encode(body) : body, elapsedMs },
});
export const failure = (tag, val) => ({ tag: "err", val: val === undefined ? { tag } : { tag, val } });

/** Returns a call as lockgate makes it. */
export const call = (settings = {}, state = "") => ({
  rollout: {
    id: "run-1",
    app: "shop",
    stable: { name: "shop--stable", url: "https://stable.example", image: "" },
    canary: { name: "shop--canary", url: "https://canary.example", image: "shop:2" },
  },
  stage: { index: 0, total: 4, weight: 0, nextWeight: 10, asked: 1, weightSinceS: 0, nowS: 60 },
  settings: JSON.stringify(settings),
  facts: [["commit", "abc"], ["__proto__", "x"]],
  state: new TextEncoder().encode(state),
});
