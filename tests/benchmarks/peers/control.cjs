// The other end of control.py and turn.py: turns come as lines of JSON, a line with what failed goes back.
'use strict';
const net = require('node:net');
const readline = require('node:readline');

const job = JSON.parse(process.argv[2]);
const VENDORS = ['apns', 'fcm', 'huawei'];

function* notifications({ number, count, users, vendors, first }) {
  for (let place = 0; place < count; place += 1) {
    const vendor = vendors[place % vendors.length];
    const user = first + (Math.floor(place / vendors.length) % users);
    const token = (VENDORS.indexOf(vendor) + 1).toString(16).padStart(2, '0') + user.toString(16).padStart(62, '0');
    const message = `m${String(number).padStart(5, '0')}x${String(place).padStart(7, '0')}`;
    yield { token, data: { t: `${vendor}${String(user).padStart(7, '0')}`, f: 'alice', m: message } };
  }
}

// Sends one by one, so many at a time; resolves with how many failed.
const each = (send) => async (turn) => {
  const waiting = notifications(turn);
  let failed = 0;
  const takeOn = async () => {
    for (const notification of waiting) {
      const refused = await send(notification);
      failed += refused;
    }
  };
  await Promise.all(Array.from({ length: job.in_flight }, takeOn));
  return failed;
};

const serve = (send) => {
  const socket = new net.Socket({ fd: job.control });
  readline.createInterface({ input: socket }).on('line', async (line) => socket.write(`${await send(JSON.parse(line))}\n`));
};

module.exports = { job, each, notifications, serve };
