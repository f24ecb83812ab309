import { Alert, Button, Group, List, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer as answerOf, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { RecoveredAnswer } from "@/features/setup/RecoverAppliance";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

const ASK_EVERY_MS = 1500;

/** The appliance starts again as the one that was lost; what the admin should know of it. */
export function Recovered({ answer }: { answer: RecoveredAnswer | null }) {
  const { t } = useTranslation("setup");
  // The old process may still answer for a moment: it says that nobody has set it up.
  const setup = useQuery({
    queryKey: [keys.setup, "after recovery"],
    queryFn: () => answerOf(api.GET("/api/v1/setup")),
    refetchInterval: (query) => (query.state.data?.is_open === false ? false : ASK_EVERY_MS),
    retry: false,
    gcTime: 0,
  });
  const isBack = setup.data?.is_open === false;
  return (
    <>
      <PageHeader title={t("recovered.title")} />
      <Stack>
        {answer !== null && (
          <Text>
            {t("recovered.from", { appliance: answer.appliance, version: answer.version })}{" "}
            <When time={answer.made_at} />
          </Text>
        )}
        {answer !== null && answer.notes.length > 0 && (
          <Alert
            color="blue"
            variant="light"
            icon={<IconInfoCircle />}
            title={t("recovered.notes")}
          >
            <List size="sm" spacing={4}>
              {answer.notes.map((note) => (
                <List.Item key={note}>{note}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <div role="status">
          {isBack ? (
            <Alert
              color="green"
              variant="light"
              icon={<IconCircleCheck />}
              title={t("recovered.back")}
            >
              {t("recovered.backText")}
            </Alert>
          ) : (
            <Group>
              <Loader size="sm" aria-hidden />
              <Text>{t("recovered.starting")}</Text>
            </Group>
          )}
        </div>
        {isBack && (
          <Group justify="flex-end">
            <Button component={Link} to="/sign-in">
              {t("recovered.signIn")}
            </Button>
          </Group>
        )}
      </Stack>
    </>
  );
}
