
plugins.push(signIn);

/** A response with an access token signs the page in; one that says that the token is not valid signs it out. */
function signIn() {
  const setResponse =
    (next, { authActions, specSelectors }) =>
    (path, method, response) => {
      const { status, body } = response;
      if (body?.accessToken) {
        const schema = specSelectors.specJson().getIn(['components', 'securitySchemes', 'bearer']).toJS();
        authActions.authorizeWithPersistOption({
          bearer: { name: 'bearer', schema, value: body.accessToken },
        });
      } else if (status === 401) {
        authActions.logoutWithPersistOption(['bearer']);
      }
      return next(path, method, response);
    };
  return { statePlugins: { spec: { wrapActions: { setResponse } } } };
}
