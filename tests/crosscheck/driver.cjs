// What every driver shares: a job comes on standard input, its report goes to standard output, both as JSON.
'use strict';

module.exports = async (work) => {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const report = await work(JSON.parse(Buffer.concat(chunks).toString()));
  // The libraries keep timers and sockets, so the process is told to end.
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
};
