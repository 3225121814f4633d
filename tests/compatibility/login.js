// What conn.open() leaves behind when it has met a chat server, set by hand: only the HTTP API is here.
// A script of a page, and a module of Node.
'use strict';
(function (scope) {
  scope.logIn = (Connection, { appkey, api, user, token, resource }) => {
    const conn = new Connection({ appKey: appkey, isHttpDNS: false, apiUrl: api, url: 'ws://127.0.0.1:1', https: false });
    const [orgName, appName] = appkey.split('#');
    Object.assign(conn, { user, token, clientResource: resource });
    Object.assign(conn.context, { userId: user, appKey: appkey, orgName, appName, accessToken: token, restTokenData: token });
    conn.context.jid = { ...conn.context.jid, clientResource: resource };
    return conn;
  };
})(typeof module === 'object' ? module.exports : window);
