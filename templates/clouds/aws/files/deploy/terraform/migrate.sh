#!/bin/sh
# Runs the migration task to its end. `terraform apply` calls it before it rolls out a new version.
set -eu

task=$(aws ecs run-task --region "$REGION" --cluster "$CLUSTER" --task-definition "$TASK_DEFINITION" \
  --launch-type FARGATE --network-configuration "$NETWORK" --query 'tasks[0].taskArn' --output text)
if [ "$task" = None ]; then
  echo "The migration task could not be placed: see the events of cluster $CLUSTER." >&2
  exit 1
fi
echo "Migrating in $task"

# Each wait gives up after ten minutes, with status 255.
for _ in 1 2 3 4 5 6; do
  aws ecs wait tasks-stopped --region "$REGION" --cluster "$CLUSTER" --tasks "$task" && break
  [ $? = 255 ] || exit 1
done

result=$(aws ecs describe-tasks --region "$REGION" --cluster "$CLUSTER" --tasks "$task" \
  --query 'tasks[0].[containers[0].exitCode, stoppedReason]' --output text)
case $result in
  0[!0-9]*) echo "Migrated" ;;
  *)
    echo "The migration did not succeed ($result): see stream task/api/${task##*/} of log group $LOG_GROUP." >&2
    exit 1
    ;;
esac
