import { Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { consoleSettingsQuery } from "@/features/recovery/queries";
import { Choice } from "@/features/recovery/restore/Choice";
import { EntityPicker } from "@/features/recovery/restore/EntityPicker";
import { ExportFolder } from "@/features/recovery/restore/ExportFolder";
import { PathPicker } from "@/features/recovery/restore/PathPicker";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { Step } from "@/features/recovery/restore/Step";
import { useSources } from "@/features/recovery/restore/sources";

/** Step 1: back to the owner, to somebody else, or to a disk of the appliance. */
export function WhereStep() {
  const { t } = useTranslation("recovery");
  const { search, choose } = useRestorePlace();
  const { entities } = useSources();
  const verbs = useMe()?.verbs ?? [];
  const settings = useQuery(consoleSettingsQuery);
  const folders = settings.data?.export_folders ?? [];
  const gone = entities.find((entity) => entity.archived !== null);
  const mayElsewhere = verbs.includes("restore.elsewhere");
  const set = (where: string) =>
    choose({
      where: where === "elsewhere" || where === "folder" ? where : undefined,
      target: undefined,
      path: undefined,
    });
  return (
    <Step number={1} title={t("where.title")}>
      <Radio.Group value={search.where ?? "original"} onChange={set} aria-label={t("where.title")}>
        <Stack gap="xs">
          <Choice
            value="original"
            label={t("where.original")}
            description={
              gone === undefined ? t("where.originalText") : t("where.gone", { name: gone.name })
            }
            disabled={gone !== undefined}
          />
          <Choice
            value="elsewhere"
            label={t("where.elsewhere")}
            description={t(mayElsewhere ? "where.elsewhereText" : "where.mayNotElsewhere")}
            disabled={!mayElsewhere}
          >
            {search.where === "elsewhere" && (
              <Stack gap="xs" mt="xs">
                <EntityPicker />
                {search.target !== undefined && <PathPicker entityId={search.target} />}
              </Stack>
            )}
          </Choice>
          {folders.length > 0 && (
            <Choice value="folder" label={t("where.folder")} description={t("where.folderText")}>
              {search.where === "folder" && <ExportFolder folders={folders} />}
            </Choice>
          )}
        </Stack>
      </Radio.Group>
    </Step>
  );
}
