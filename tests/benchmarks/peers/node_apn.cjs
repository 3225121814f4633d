// @parse/node-apn: one notification for each token, so many in flight.
'use strict';
const { randomUUID } = require('node:crypto');
const apn = require('@parse/node-apn');
const control = require('./control.cjs');

const { port, ca_file: ca, key_file: key, key_id: keyId, team_id: teamId, topic, title, body } = control.job;
const provider = new apn.Provider({ address: 'localhost', port, ca, token: { key, keyId, teamId } });
const DAY_S = 86400;

const send = async ({ token, data }) => {
  const note = new apn.Notification({ topic, pushType: 'alert', priority: 10, alert: { title, body }, sound: 'default', badge: 1 });
  note.id = randomUUID();
  note.payload = data;
  note.collapseId = data.m.padStart(32, '0');
  note.expiry = Math.floor(Date.now() / 1000) + DAY_S;
  return (await provider.send(note, token)).failed.length;
};

control.serve(control.each(send));
