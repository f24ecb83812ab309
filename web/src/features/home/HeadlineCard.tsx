import { Alert, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/tasks";
import classes from "@/features/home/HeadlineCard.module.css";
import { headlineOf } from "@/features/home/headline";
import { Bytes } from "@/ui/figures";
import { When } from "@/ui/When";

/** The one sentence an admin comes for, and the figures behind it. */
export function HeadlineCard({ tasks }: { tasks: readonly Task[] }) {
  const { t } = useTranslation("home");
  const line = headlineOf(tasks);
  const isWhole = line.wanted > 0 && line.safe === line.wanted && line.disconnected === 0;
  return (
    <Card withBorder padding="lg" component="section" aria-label={t("headline.label")}>
      <Stack gap="md">
        <Group gap="xs" wrap="nowrap">
          {isWhole && <IconCircleCheck className={classes.whole} size={28} aria-hidden />}
          <Title order={2} size="h3" className={classes.line ?? ""}>
            {line.wanted === 0
              ? t("headline.none")
              : t("headline.protected", { safe: line.safe, count: line.wanted })}
          </Title>
        </Group>
        {line.disconnected > 0 && (
          <Alert color="red" variant="light" icon={<IconPlugConnectedX />}>
            {t("headline.disconnected", { count: line.disconnected })}
          </Alert>
        )}
        <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: 4 }} m={0}>
          <Fact name={t("headline.oldest")}>
            <When time={line.oldest} relative />
          </Fact>
          <Fact name={t("headline.next")}>
            {line.nextRun === null ? t("headline.noNext") : <When time={line.nextRun} relative />}
          </Fact>
          <Fact name={t("headline.size")}>
            <Bytes value={line.bytes} />
          </Fact>
          <Fact name={t("headline.paused")}>{line.paused}</Fact>
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} fw={600}>
        {children}
      </Text>
    </div>
  );
}
