: "${AWS_REGION:?is missing}"
# One session for all that follows: the token of a pipeline is short-lived.
credentials=$(aws configure export-credentials --format env)
eval "$credentials"
own_user=AWS own_password=$(aws ecr get-login-password)
