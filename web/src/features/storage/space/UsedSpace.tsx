import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import type { Storage } from "@/features/storage/queries";
import { RoomBar } from "@/features/storage/RoomBar";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count } from "@/ui/figures";

interface Props {
  storage: Storage;
  use: components["schemas"]["StorageUse"];
}

/** What the repository holds, by its index. */
export function UsedSpace({ storage, use }: Props) {
  const { t } = useTranslation("storage");
  const facts: readonly Fact[] = [
    [t("stored"), <Bytes key="stored" value={use.stored_bytes} />],
    [t("packs"), <Count key="packs" value={use.packs} />],
    [t("space.condemned"), <Count key="condemned" value={use.condemned_packs} />],
  ];
  return (
    <Stack gap="sm">
      <Facts facts={facts} width={200} />
      <RoomBar storage={storage} />
    </Stack>
  );
}
