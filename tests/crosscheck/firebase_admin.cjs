// Sends with firebase-admin. A job is {ports, service_account, calls: [{method, parameters}]}, made one after the other.
'use strict';
const driver = require('./driver.cjs');
const redirect = require('./redirect.cjs');

const failed = (error) => ({ code: error.code, status: error.httpResponse?.status, words: error.message });
const single = (response) => (response.success ? { id: response.messageId } : failed(response.error));
const told = (answer) => (typeof answer === 'string' ? { id: answer } : { ...answer, responses: answer.responses.map(single) });

driver(async ({ ports, service_account: account, calls }) => {
  redirect(ports);
  const { cert, initializeApp } = require('firebase-admin/app');
  const { getMessaging } = require('firebase-admin/messaging');
  const messaging = getMessaging(initializeApp({ credential: cert(account) }));
  const reports = [];
  for (const { method, parameters } of calls) {
    reports.push(await messaging[method](...parameters).then(told, failed));
  }
  return reports;
});
