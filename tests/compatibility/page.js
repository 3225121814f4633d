// The page of page.html. job.js sets job: {calls: [{login, method, args}, …], report}. The page makes the calls, one after
// the other, and posts how each ended.
'use strict';
const { connection: Connection } = websdk.default || websdk;

const ended = async ({ login, method, args }) => {
  try {
    return { outcome: 'resolved', value: await logIn(Connection, login)[method](...args) };
  } catch (error) {
    return { outcome: 'rejected', value: { ...error, message: error.message } };
  }
};

(async () => {
  const answers = [];
  for (const call of job.calls) answers.push(await ended(call));
  // Whoever listens there speaks no CORS: the page need not read the answer.
  await fetch(job.report, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ origin: self.origin, answers }) });
})();
