import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tasksQuery } from "@/api/tasks";
import { type Storage, stateOf } from "@/features/storage/queries";
import { RoomBar } from "@/features/storage/RoomBar";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** Where it lies, how much is in it, and how much that saves. */
export function StorageFacts({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const { repository } = storage;
  const facts: Fact[] = [
    [t("state"), <StatusWord key="state" kind="storage" status={stateOf(storage)} />],
    [t("place.kind.short"), t(`kind.${storage.kind}` as "kind.local")],
    [t("location"), storage.location],
    [t("id"), storage.id],
    [t("origin"), t(`origin.${storage.origin}` as "origin.file")],
    ...(repository === null
      ? []
      : ([
          [t("stored"), <Bytes key="stored" value={repository.stored_bytes} />],
          [t("saved"), <Saved key="saved" storage={storage} stored={repository.stored_bytes} />],
          [t("packs"), <Count key="packs" value={repository.packs} />],
          [t("created"), <When key="created" time={repository.created_at} />],
        ] as const)),
    [t("tasks"), <Count key="tasks" value={storage.tasks} />],
  ];
  return (
    <Stack gap="md">
      <Facts facts={facts} width={220} />
      <RoomBar storage={storage} />
    </Stack>
  );
}

/** What the newest backups hold as large as it is in Dropbox, against what all of them take here. */
function Saved({ storage, stored }: { storage: Storage; stored: number }) {
  const { t, i18n } = useTranslation("storage");
  const tasks = useQuery(tasksQuery).data ?? [];
  const source = tasks
    .filter((task) => task.storage_id === storage.id)
    .reduce((sum, task) => sum + task.bytes, 0);
  if (source === 0 || stored === 0) {
    return <Text inherit>–</Text>;
  }
  const ratio = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  return (
    <>
      {t("saved.ratio", { ratio: ratio.format(source / stored) })} (<Bytes value={source} />{" "}
      {t("saved.inDropbox")})
    </>
  );
}
