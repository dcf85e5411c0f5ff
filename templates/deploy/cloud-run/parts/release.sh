# Its own registry takes the token that all else takes. GOOGLE_TOKEN_FILE has one of a pipeline, which GOOGLE_PROVIDER knows and
# GOOGLE_SERVICE_ACCOUNT trusts; without it, it is the account that gcloud is logged in with.
post() {
  curl --silent --show-error --fail-with-body --retry 3 --output "$private/answer" "$@" || {
    cat "$private/answer" >&2
    return 1
  }
  cat "$private/answer"
}
if [ -n "${GOOGLE_TOKEN_FILE:-}" ]; then
  # For an hour, and for all that follows: the token of a pipeline is short-lived.
  federated=$(post https://sts.googleapis.com/v1/token \
    --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
    --data-urlencode requested_token_type=urn:ietf:params:oauth:token-type:access_token \
    --data-urlencode subject_token_type=urn:ietf:params:oauth:token-type:jwt \
    --data-urlencode scope=https://www.googleapis.com/auth/cloud-platform \
    --data-urlencode "audience=//iam.googleapis.com/${GOOGLE_PROVIDER:?is missing}" \
    --data-urlencode "subject_token@$GOOGLE_TOKEN_FILE")
  lent=$(echo "Authorization: Bearer $(echo "$federated" | jq --raw-output .access_token)" |
    post --header @- --json '{"scope": ["https://www.googleapis.com/auth/cloud-platform"]}' \
      "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${GOOGLE_SERVICE_ACCOUNT:?is missing}:generateAccessToken")
  GOOGLE_OAUTH_ACCESS_TOKEN=$(echo "$lent" | jq --raw-output .accessToken)
else
  GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)
fi
export GOOGLE_OAUTH_ACCESS_TOKEN
own_user=oauth2accesstoken own_password=$GOOGLE_OAUTH_ACCESS_TOKEN
