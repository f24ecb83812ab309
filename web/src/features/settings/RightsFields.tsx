import { MultiSelect, Radio, SegmentedControl, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { tasksQuery } from "@/api/tasks";

export const ROLES = [
  "administrator",
  "backup_operator",
  "recovery_operator",
  "help_desk",
  "auditor",
  "viewer",
  "billing",
] as const;

export interface RightsValues extends Record<string, unknown> {
  name: string;
  email: string;
  role: string;
  where: string;
  tasks: string[];
}
export type Rights = components["schemas"]["RightsBody"];

/** The rights as the API takes them; single permissions and members stay as they were. */
export function rightsOf(values: RightsValues, before?: components["schemas"]["UserView"]): Rights {
  const isEverywhere = values.where === "everywhere";
  return {
    role: values.role as Rights["role"],
    reach: {
      everywhere: isEverywhere,
      tasks: isEverywhere ? [] : values.tasks,
      entities: isEverywhere ? [] : (before?.reach.entities ?? []),
    },
    granted: before?.granted ?? [],
    denied: before?.denied ?? [],
  };
}

/** What somebody may do, and where. */
export function RightsFields({ form }: { form: UseFormReturnType<RightsValues> }) {
  const { t } = useTranslation("settings");
  const tasks = useQuery(tasksQuery).data ?? [];
  return (
    <Stack>
      <Radio.Group label={t("users.role")} {...form.getInputProps("role")}>
        <Stack gap="xs" mt={4}>
          {ROLES.map((role) => (
            <Radio
              key={role}
              value={role}
              label={t(`role.${role}`)}
              description={t(`role.${role}.text`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <SegmentedControl
        aria-label={t("users.reach")}
        data={[
          { value: "everywhere", label: t("users.reachEverywhere") },
          { value: "tasks", label: t("users.reachTasks") },
        ]}
        {...form.getInputProps("where")}
      />
      {form.values.where === "tasks" && (
        <MultiSelect
          label={t("users.reachTasks")}
          data={tasks.map((task) => ({ value: task.id, label: task.name }))}
          {...form.getInputProps("tasks")}
        />
      )}
    </Stack>
  );
}
