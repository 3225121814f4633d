// A vendor's push and OAuth addresses on Node's HTTP stack (h2 and HTTP/1.1 by ALPN); no code of the project's.
// Standard input takes commands, one JSON a line; each is answered by one. A path gives its scripted answers in turn
// and repeats the last one.
'use strict';
const http2 = require('node:http2');
const readline = require('node:readline');

const options = JSON.parse(process.argv[2]);
let seen = [];
let scripts = {};

function answer(request, response, script) {
  if (script.destroy) return (request.stream?.session ?? request.socket).destroy();
  response.writeHead(script.status ?? 200, script.headers ?? {});
  response.end(script.body ?? '');
}

const server = http2.createSecureServer({ key: options.pem, cert: options.pem, allowHTTP1: true }, (request, response) => {
  const entry = { path: request.url, headers: { ...request.headers }, http: request.httpVersion, body: '' };
  seen.push(entry);
  request.setEncoding('utf8');
  request.on('data', (chunk) => { entry.body += chunk; });
  request.on('end', () => {
    const turns = scripts[request.url] ?? [{ status: 599 }];
    const script = turns.length > 1 ? turns.shift() : turns[0];
    setTimeout(() => answer(request, response, script), script.delay_ms ?? 0);
  });
});
server.on('sessionError', () => {});

const commands = {
  seen: () => seen,
  script: (command) => { scripts[command.path] = command.answers; return true; },
  reset: () => { seen = []; scripts = {}; return true; },
};
readline.createInterface({ input: process.stdin })
  .on('line', (line) => { const command = JSON.parse(line); console.log(JSON.stringify(commands[command.name](command))); })
  .on('close', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address().port)));
