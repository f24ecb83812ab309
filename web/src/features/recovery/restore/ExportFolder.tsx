import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRestorePlace } from "@/features/recovery/restore/place";

/** A folder of the appliance: below one that the configuration allows. */
export function ExportFolder({ folders }: { folders: readonly string[] }) {
  const { t } = useTranslation("recovery");
  const { search, choose } = useRestorePlace();
  const path = search.path ?? folders[0] ?? "";
  const root =
    folders.find((one) => path === one || path.startsWith(`${one}/`)) ?? folders[0] ?? "";
  const below = path.slice(root.length + 1);
  const join = (folder: string, inside: string) => (inside === "" ? folder : `${folder}/${inside}`);
  return (
    <Group mt="xs" align="flex-start">
      <NativeSelect
        label={t("where.exportRoot")}
        value={root}
        data={[...folders]}
        onChange={(event) => choose({ path: join(event.currentTarget.value, below) })}
      />
      <TextInput
        label={t("where.exportBelow")}
        value={below}
        onChange={(event) => choose({ path: join(root, event.currentTarget.value) })}
      />
    </Group>
  );
}
