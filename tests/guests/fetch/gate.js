// A health check that does not use lockgate's `http`: it sends requests with the `fetch` of its language.

export const about = {
  describe: () =>
    JSON.stringify({
      name: "fetch",
      version: "0.1.0",
      summary: "Sends requests to the canary with fetch",
      settings: {
        type: "object",
        additionalProperties: false,
        properties: {
          url: { type: "string", description: "The URL to request instead of the canary" },
          times: { type: "integer", minimum: 1, default: 1 },
          "body-bytes": { type: "integer", minimum: 0, description: "The size of the body; with it the requests are POSTs" },
        },
      },
    }),
};

async function ask(url, bytes) {
  const headers = { "content-type": "text/plain", host: "forged.example", "x-forwarded-for": "10.0.0.1" };
  const options = bytes === undefined ? { headers } : { method: "POST", headers, body: "x".repeat(bytes) };
  const response = await fetch(url, options);
  return { status: response.status, ok: response.ok, length: (await response.text()).length };
}

export const healthChecking = {
  async check(context) {
    const settings = JSON.parse(context.settings);
    const url = settings.url ?? context.rollout.canary.url;
    const asked = Array.from({ length: settings.times }, () => ask(url, settings["body-bytes"]));
    const answers = await Promise.allSettled(asked);
    // fetch() makes one error of every kind. lockgate knows the kind, and drops a "no" about what it could not see.
    const failed = answers.filter((answer) => answer.status === "rejected");
    const answered = answers.filter((answer) => answer.status === "fulfilled").map((answer) => answer.value);
    const summary = failed.length
      ? `fetch failed ${failed.length} of ${answers.length} times: ${failed[0].reason}`
      : `fetch got ${answered[0].status} with ${answered[0].length} characters`;
    return {
      health: !failed.length && answered.every(({ ok }) => ok) ? "healthy" : "unhealthy",
      summary,
      measurements: [{ name: "answers", subject: url, value: answered.length, unit: "" }],
      state: new Uint8Array(),
    };
  },
};
