/** Processes of Node that the tests start load the bundle, if there is one. */
const { PLEXAUBNET_TEST_REDIRECT: redirect } = process.env;
if (redirect !== undefined) process.env.NODE_OPTIONS = `--import=${redirect}`;
