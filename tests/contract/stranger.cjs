// An HTTP/2 server on Node's stack (nghttp2), which shares no code with the client or with the project's simulator.
// The last word of the path says what to do. Standard input takes commands, one a line; each is answered by one JSON.
// A line of JSON holds options, and a new server takes the place of the one before: it has seen nothing yet.
'use strict';
const http2 = require('node:http2');
const readline = require('node:readline');

let current;

const behaviours = {
  ok: (stream, _, headers) => stream.respond({ ':status': 200, 'apns-id': headers['apns-id'] ?? 'none' }, { endStream: true }),
  say: (stream, script) => {
    stream.respond({ ':status': script.status, ...script.headers }, { endStream: script.body === undefined });
    if (script.body === undefined) return;
    const bytes = Buffer.from(script.body, 'latin1');
    stream.write(bytes.subarray(0, 3));
    setImmediate(() => stream.end(bytes.subarray(3)));
  },
  reset: (stream, script) => stream.close(script.code),
  truncate: (stream, script) => {
    stream.respond({ ':status': script.status, 'content-length': 100 });
    stream.write('half', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  },
  silent: () => {},
  destroy: (stream) => stream.session.destroy(),
  // Disowns this stream and all later ones; on a fresh connection, where nothing came before, it just answers.
  goaway: (stream, script, headers) => {
    if (stream.id === 1) return behaviours.ok(stream, script, headers);
    stream.session.goaway(script.code, stream.id - 2, Buffer.from(script.reason));
  },
  leave: (stream) => {
    stream.respond({ ':status': 200 }, { endStream: true });
    stream.session.close();
  },
  // Refuses every provider token but the newest.
  renew: (stream, script, headers) => {
    const fresh = headers.authorization === script.fresh;
    behaviours.say(stream, fresh ? { status: 200 } : { status: 403, body: '{"reason":"ExpiredProviderToken"}' });
  },
};

function serve(options) {
  const seen = [];
  const sessions = new Set();
  const server = http2.createSecureServer({
    key: options.pem, cert: options.pem, ca: options.ca, requestCert: options.mutual, rejectUnauthorized: options.mutual,
    settings: options.limit ? { maxConcurrentStreams: options.limit } : {},
  });
  server.on('session', (session) => {
    session.number = sessions.size;
    sessions.add(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const entry = { path: headers[':path'], headers: { ...headers }, body: '', session: stream.session.number };
    seen.push(entry);
    stream.on('data', (chunk) => { entry.body += chunk.toString('latin1'); });
    stream.on('end', () => {
      const [name, script] = headers[':path'].split('/').pop().split('_', 2);
      const parsed = script ? JSON.parse(Buffer.from(script, 'hex').toString()) : {};
      behaviours[name](stream, parsed, headers);
      if (options.limit && options.later && !stream.session.raised) {
        stream.session.raised = true;
        stream.session.settings({ maxConcurrentStreams: options.later });
      }
    });
  });
  current = { seen, sessions, server };
  server.listen(0, '127.0.0.1', () => answer(server.address().port));
}

const commands = {
  seen: () => current.seen,
  connections: () => current.sessions.size,
  open: () => [...current.sessions].filter((session) => !session.destroyed).length,
  hangUp: () => { current.sessions.forEach((session) => session.destroy()); return true; },
  close: () => { current.server.close(); return commands.hangUp(); },
};
const answer = (value) => console.log(JSON.stringify(value));
readline.createInterface({ input: process.stdin })
  .on('line', (line) => (line.startsWith('{') ? serve(JSON.parse(line)) : answer(commands[line]())))
  .on('close', () => process.exit(0));
