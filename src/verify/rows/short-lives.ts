/** Settings of the rows that wait for the end of a sign-in, and of those that read log lines of all levels. */
export const shortLives = { REFRESH_TOKEN_TTL_S: 8, LOG_LEVEL: 'trace' };
