import tls from 'node:tls';

const patience = 10_000;

/** Of the codes that Node.js gives for a certificate, the usual ones in words. */
const words: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown, or its chain is not whole',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host',
};

/** What came of the beginning of a TLS connection. */
export interface Handshake {
  /** `TLSv1.3`; undefined where no connection came about. */
  protocol: string | undefined;
  /** Why its certificate is not trusted, or why there is no connection; undefined for a good one. */
  error: string | undefined;
}

/**
 * Begins a TLS connection and ends it. Authorities beside those of Node.js come from NODE_EXTRA_CA_CERTS.
 * @param url https
 * @param versions which are offered; those of Node.js by default
 */
export function handshake(
  url: string,
  versions?: { least: tls.SecureVersion; most: tls.SecureVersion },
): Promise<Handshake> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port: Number(port || 443),
      // Names of hosts alone are sent (RFC 6066, section 3).
      ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}),
      rejectUnauthorized: false,
      ...(versions && {
        minVersion: versions.least,
        maxVersion: versions.most,
        // OpenSSL offers old versions only so.
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
      timeout: patience,
    });
    const end = (result: Handshake) => {
      socket.destroy();
      resolve(result);
    };
    socket.on('secureConnect', () => {
      const { authorizationError } = socket as { authorizationError?: Error | string };
      const code = authorizationError instanceof Error ? authorizationError.message : authorizationError;
      const error = code && (words[code] ? `${words[code]} (${code})` : code);
      end({ protocol: socket.getProtocol() ?? undefined, error: error || undefined });
    });
    socket.on('error', ({ message }) => end({ protocol: undefined, error: message }));
    socket.on('timeout', () => end({ protocol: undefined, error: `no answer in ${patience / 1000} s` }));
  });
}
