// Leads TLS connections that name a vendor's host to the simulator and refuses any other. All above TLS stays as the
// library has it: the protocol agreed on, the authority, the path.
'use strict';
const tls = require('node:tls');

// connect(options, callback) or connect(port, host, options, callback)
const named = (first, host, options) => (typeof first === 'object' ? first : { ...options, port: first, host });

module.exports = (ports) => {
  const connect = tls.connect;
  tls.connect = (...args) => {
    const options = named(...args);
    const port = ports[options.host];
    if (port === undefined) throw new Error(`a connection to ${options.host} would leave this machine`);
    const callback = args.find((argument) => typeof argument === 'function');
    return connect({ ...options, host: '127.0.0.1', port, servername: 'localhost' }, callback);
  };
};
