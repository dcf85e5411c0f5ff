// What the page of documentation adds to Swagger UI; it is loaded before the UI starts.

const plugins = [foldProblems];

{
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();

  const start = window.SwaggerUIBundle;
  const settings = {
    deepLinking: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    showCommonExtensions: true,
    showExtensions: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    plugins,
  };
  window.SwaggerUIBundle = Object.assign((given) => start({ ...given, ...settings }), start);
}

/** Errors are the same for most operations: one line, which opens. All have the form of ProblemDetails. */
function foldProblems({ React: { createElement }, getComponent }) {
  const Markdown = getComponent('Markdown', true);
  const isProblem = (_response, status) => Number(status) >= 400;
  const rowOf = ([status, response]) =>
    createElement(
      'tr',
      { key: status, className: 'response', 'data-code': status },
      createElement('td', { className: 'response-col_status' }, status),
      createElement('td', null, createElement(Markdown, { source: response.get('description') })),
    );
  const foldedTable = (problems) =>
    createElement(
      'details',
      { className: 'problems' },
      createElement('summary', null, `Errors: ${problems.keySeq().join(', ')}`),
      createElement(
        'table',
        { className: 'responses-table' },
        createElement('tbody', null, problems.entrySeq().map(rowOf)),
      ),
    );
  const responses = (Responses) => (props) => {
    const problems = props.responses.filter(isProblem);
    return createElement(
      'div',
      null,
      createElement(Responses, { ...props, responses: props.responses.filterNot(isProblem) }),
      problems.size > 0 && foldedTable(problems),
    );
  };
  return { wrapComponents: { responses } };
}

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
