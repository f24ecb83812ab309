import { Button, Card, Group, List, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck, IconCircleDashed } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { mayDo, meQuery, type OwnAccount, useMe } from "@/api/me";
import { TO_DO, type ToDo, useChecklist } from "@/features/home/checklist";
import { Loading } from "@/ui/Loading";
import { AnchorLink } from "@/ui/RouteLinks";

/** What is left to do after the set-up; for administrators, until it is done or dismissed. */
export function ChecklistCard() {
  const me = useMe();
  const isShown =
    me?.shows_checklist === true && mayDo(me, "appliance.manage") && me.user.reach.everywhere;
  return isShown ? <OpenChecklist me={me} /> : null;
}

function OpenChecklist({ me }: { me: OwnAccount }) {
  const { t } = useTranslation("home");
  const queries = useQueryClient();
  const list = useChecklist(me);
  const dismiss = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/me/checklist")),
    onSuccess: () => queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  const { mutate } = dismiss;
  const isDone = list?.done.size === TO_DO.length;
  useEffect(() => {
    if (isDone) {
      mutate();
    }
  }, [isDone, mutate]);
  if (isDone) {
    return null;
  }
  return (
    <Card withBorder padding="lg" component="section" aria-label={t("checklist")}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Title order={2} size="h4">
              {t("checklist")}
            </Title>
            <Text size="sm" c="dimmed">
              {list === undefined
                ? t("checklist.text")
                : t("checklist.done", { done: list.done.size, count: TO_DO.length })}
            </Text>
          </div>
          <Button
            variant="subtle"
            size="compact-sm"
            flex="none"
            loading={dismiss.isPending}
            onClick={() => mutate()}
          >
            {t("checklist.dismiss")}
          </Button>
        </Group>
        {list === undefined ? (
          <Loading rows={TO_DO.length} />
        ) : (
          <List listStyleType="none" spacing="xs" center>
            {TO_DO.map((one) => (
              <Item key={one} toDo={one} isDone={list.done.has(one)} storageId={list.storageId} />
            ))}
          </List>
        )}
      </Stack>
    </Card>
  );
}

interface ItemProps {
  toDo: ToDo;
  isDone: boolean;
  storageId: string;
}

function Item({ toDo, isDone, storageId }: ItemProps) {
  const { t } = useTranslation("home");
  const Icon = isDone ? IconCheck : IconCircleDashed;
  return (
    <List.Item
      icon={
        <ThemeIcon
          variant="light"
          color={isDone ? "green" : "gray"}
          size={24}
          radius="xl"
          aria-label={t(isDone ? "checklist.isDone" : "checklist.isOpen")}
          role="img"
        >
          <Icon size={16} aria-hidden />
        </ThemeIcon>
      }
    >
      {isDone ? (
        <Text c="dimmed">{t(`checklist.${toDo}`)}</Text>
      ) : (
        <AnchorLink {...placeOf(toDo, storageId)}>{t(`checklist.${toDo}`)}</AnchorLink>
      )}
      {!isDone && (
        <Text size="sm" c="dimmed">
          {t(`checklist.${toDo}.why`)}
        </Text>
      )}
    </List.Item>
  );
}

/** Where it is done. */
function placeOf(toDo: ToDo, storageId: string) {
  switch (toDo) {
    case "factor":
      return { to: "/settings/account" } as const;
    case "mail":
      return { to: "/settings/mail" } as const;
    case "second":
      return { to: "/settings/users" } as const;
    default:
      return { to: "/storage/$storageId", params: { storageId } } as const;
  }
}
