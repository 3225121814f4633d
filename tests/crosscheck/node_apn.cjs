// Sends with @parse/node-apn. A job is {provider, clock_behind_ms, sends: [{fields, tokens}]}; the sends follow each
// other, the tokens of one go out together. The report is what the library resolved with, one a send.
'use strict';
const apn = require('@parse/node-apn');
const driver = require('./driver.cjs');

const setBack = (behind) => {
  const now = Date.now;
  Date.now = () => now() - behind;
};

// VErrors carry their words in a getter that JSON does not see.
const told = (failure) => ({ ...failure, error: failure.error && failure.error.message });

driver(async ({ provider: options, clock_behind_ms: behind, sends }) => {
  setBack(behind);
  const provider = new apn.Provider(options);
  const reports = [];
  for (const { fields, tokens } of sends) {
    const { sent, failed } = await provider.send(new apn.Notification(fields), tokens);
    reports.push({ sent, failed: failed.map(told) });
  }
  return reports;
});
