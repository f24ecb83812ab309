import { Anchor, Button, List } from "@mantine/core";
import { IconShieldOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { EmptyState } from "@/ui/EmptyState";

/** Home before the first task: the way to it. */
export function NothingYet() {
  const { t } = useTranslation("home");
  const mayAdd = useCan("task.create");
  return (
    <EmptyState
      icon={IconShieldOff}
      title={t("empty")}
      text={
        <List type="ordered" ta="start" spacing="xs" withPadding>
          <List.Item>
            {t("step.storage")}{" "}
            <Anchor component={Link} to="/storage" underline="always">
              {t("step.storageLink")}
            </Anchor>
          </List.Item>
          <List.Item>{t("step.connect")}</List.Item>
          <List.Item>{t("step.activate")}</List.Item>
        </List>
      }
      action={
        mayAdd && (
          <Button component={Link} to="/tasks/new">
            {t("add")}
          </Button>
        )
      }
    />
  );
}
