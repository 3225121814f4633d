// firebase-admin for Node: sendEach takes 500 messages a call, its own limit, over HTTP/2.
'use strict';
const http2 = require('node:http2');
const redirect = require('../../crosscheck/redirect.cjs');
const control = require('./control.cjs');

const { ports, service_account_file: file, title, body } = control.job;
redirect(ports);

// The library names the scheme "https:", which Google's front ends take and nginx refuses (RFC 9113, 8.3.1).
const connect = http2.connect;
http2.connect = (...args) => {
  const session = connect(...args);
  const request = session.request.bind(session);
  session.request = (headers, options) => request(Object.assign(headers, { ':scheme': 'https' }), options);
  return session;
};

const { cert, initializeApp } = require('firebase-admin/app');
const { getMessaging } = require('firebase-admin/messaging');
const messaging = getMessaging(initializeApp({ credential: cert(file) }));
const AT_A_TIME = 500;
const DAY_MS = 86400000;

const message = ({ token, data }) => ({
  token,
  data,
  notification: { title, body },
  android: { priority: 'high', ttl: DAY_MS, notification: { sound: 'default', tag: data.m.padStart(32, '0') } },
});

control.serve(async (turn) => {
  let failed = 0;
  let batch = [];
  const flush = async () => {
    const answer = batch.length ? await messaging.sendEach(batch) : { failureCount: 0 };
    if (answer.failureCount) console.error(answer.responses.find((one) => !one.success).error.message);
    failed += answer.failureCount;
    batch = [];
  };
  for (const notification of control.notifications(turn)) {
    batch.push(message(notification));
    if (batch.length === AT_A_TIME) await flush();
  }
  await flush();
  return failed;
});
