import { Radio, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { consoleSettingsQuery } from "@/features/recovery/queries";
import { Choice } from "@/features/recovery/restore/Choice";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { Step } from "@/features/recovery/restore/Step";

const CONFLICTS = ["duplicate", "skip", "replace"] as const;

/** Step 2: into a new folder, or to where things were; and what if something is there now. */
export function HowStep() {
  const { t } = useTranslation("recovery");
  const { search, choose } = useRestorePlace();
  const settings = useQuery(consoleSettingsQuery);
  const mayReplace = useMe()?.verbs.includes("restore.replace") ?? false;
  const conflict = search.conflict ?? settings.data?.inplace_conflict ?? "duplicate";
  return (
    <Step number={2} title={t("how.title")}>
      <Radio.Group
        value={search.mode ?? "new-folder"}
        onChange={(mode) => choose({ mode: mode === "in-place" ? mode : undefined })}
        aria-label={t("how.title")}
      >
        <Stack gap="xs">
          <Choice
            value="new-folder"
            label={t("how.newFolder")}
            description={t("how.newFolderText")}
          >
            {search.mode === undefined && (
              <TextInput
                mt="xs"
                maw={480}
                label={t("how.name")}
                placeholder={settings.data?.restored_folder.replace("{date}", t("how.date")) ?? ""}
                value={search.name ?? ""}
                onChange={(event) => choose({ name: event.currentTarget.value || undefined })}
              />
            )}
          </Choice>
          <Choice value="in-place" label={t("how.inPlace")} description={t("how.inPlaceText")} />
        </Stack>
      </Radio.Group>
      {search.mode === "in-place" && (
        <Radio.Group
          mt="sm"
          label={t("how.conflict")}
          value={conflict}
          onChange={(value) => choose({ conflict: CONFLICTS.find((one) => one === value) })}
        >
          <Stack gap="xs" mt={4}>
            {CONFLICTS.map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`conflict.${one}`)}
                description={t(
                  one === "replace" && !mayReplace
                    ? "conflict.mayNotReplace"
                    : `conflict.${one}Text`,
                )}
                disabled={one === "replace" && !mayReplace}
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
    </Step>
  );
}
