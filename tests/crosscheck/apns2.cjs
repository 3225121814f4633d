// Sends with apns2. A job is {ports, client, sends: [{token, options}]}; all go out together after the first.
'use strict';
const { ApnsClient, Notification } = require('apns2');
const driver = require('./driver.cjs');
const redirect = require('./redirect.cjs');

const told = (answer) => (answer.error
  ? { reason: answer.error.reason, status: answer.error.statusCode, timestamp: answer.error.timestamp, words: answer.error.message }
  : { sent: answer.deviceToken });

driver(async ({ ports, client: options, sends }) => {
  redirect(ports);
  const client = new ApnsClient({ ...options, keepAlive: false });
  const [first, ...rest] = sends.map(({ token, options: members }) => new Notification(token, members));
  return [...await client.sendMany([first]), ...await client.sendMany(rest)].map(told);
});
