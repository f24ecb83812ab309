import { Button, Group, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useCan } from "@/api/me";
import { type Erasure, exclusionsQuery } from "@/features/erasure/queries";
import { CliHint, quoted } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";

/** The rules by which backups pass over what was erased; each can be taken away. */
export function Exclusions({ erasure }: { erasure: Erasure }) {
  const { t } = useTranslation("erasure");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const mayErase = useCan("erase", { taskId: erasure.task_id, entityId: erasure.entity_id });
  const hasRules = (erasure.found.rule_ids ?? []).length > 0;
  const found = useQuery({ ...exclusionsQuery(erasure.entity_id), enabled: hasRules });
  const rules = found.data?.filter((one) => one.erasure_id === erasure.id) ?? [];
  if (rules.length === 0) {
    return null;
  }
  const include = () =>
    confirm({
      title: t("include.title"),
      text: t("include.text"),
      confirmLabel: t("include"),
      command: rules.map((rule) =>
        command("erasure.include", { entity: erasure.entity_id, rule: rule.id }),
      ),
      danger: true,
      onConfirm: async () => {
        for (const rule of rules) {
          const path = { entity_id: erasure.entity_id, rule_id: rule.id };
          await answer(
            api.DELETE("/api/v1/entities/{entity_id}/exclusions/{rule_id}", { params: { path } }),
          );
        }
        await queries.invalidateQueries({ queryKey: exclusionsQuery(erasure.entity_id).queryKey });
      },
    });
  return (
    <Group justify="space-between">
      <Text size="sm">{t("excluded")}</Text>
      {mayErase && (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={include}>
            {t("include")}
          </Button>
          <CliHint
            command={rules.map(
              (one) => `dropally erasure include ${quoted(erasure.entity_name)} ${one.id}`,
            )}
          />
        </Group>
      )}
    </Group>
  );
}
