// Runs one Web SDK: node sdk.cjs PACKAGE ORIGIN. Prints the port where it takes calls, as HTTP requests with JSON:
// {login, method, args} -> {outcome: "resolved" | "rejected" | "threw", value}, when the call has settled.
'use strict';
const http = require('http');
const [name, origin] = process.argv.slice(2);
require('./page.cjs')(origin);
const { logIn } = require('./login.js');

console.log = console.info = console.debug = () => {}; // where the SDK's own log would go
const loaded = require(name);
const { connection: Connection } = loaded.default || loaded;

// Errors carry their words in a property that JSON does not see.
const told = (error) => ({ ...error, message: error.message });

const called = async ({ login, method, args }) => {
  const conn = logIn(Connection, login);
  let promise;
  try {
    promise = conn[method](...args);
  } catch (error) {
    return { outcome: 'threw', value: told(error) };
  }
  return promise.then(
    (value) => ({ outcome: 'resolved', value }),
    (error) => ({ outcome: 'rejected', value: told(error) }),
  );
};

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.end(JSON.stringify(await called(JSON.parse(Buffer.concat(chunks).toString()))));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
