import { Anchor, Card, Group, Stack, Title } from "@mantine/core";
import { IconShieldOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { tasksQuery } from "@/features/home/queries";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** Whether everything is protected, and the tasks. */
export function HomePage() {
  const { t } = useTranslation("home");
  const tasks = useQuery(tasksQuery);
  return (
    <>
      <PageHeader title={t("title")} />
      {tasks.error !== null && (
        <ErrorState error={tasks.error} onRetry={() => void tasks.refetch()} />
      )}
      {tasks.isPending && <Loading />}
      {tasks.data?.items.length === 0 && (
        <EmptyState icon={IconShieldOff} title={t("empty")} text={t("emptyText")} />
      )}
      <Stack>
        {tasks.data?.items.map((task) => (
          <Card key={task.id} withBorder>
            <Group justify="space-between">
              <Title order={2} size="h4">
                <Anchor component={Link} to={`/tasks/${task.id}`} inherit>
                  {task.name}
                </Anchor>
              </Title>
              <StatusWord kind="connection" status={task.connection.state} />
            </Group>
            <When time={task.last_success} relative />
          </Card>
        ))}
      </Stack>
    </>
  );
}
