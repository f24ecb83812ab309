import { Badge, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { KeysTab } from "@/features/storage/keys/KeysTab";
import { MoveTab } from "@/features/storage/move/MoveTab";
import { OverviewTab } from "@/features/storage/OverviewTab";
import { ProofTab } from "@/features/storage/proof/ProofTab";
import { type Storage, storageQuery } from "@/features/storage/queries";
import { ReplicasTab } from "@/features/storage/replicas/ReplicasTab";
import { type StorageTab, TABS } from "@/features/storage/search";
import { SpaceTab } from "@/features/storage/space/SpaceTab";
import { Loading } from "@/ui/Loading";
import { PageError } from "@/ui/PageError";
import { PageHeader } from "@/ui/PageHeader";
import { TabRow } from "@/ui/TabRow";

const route = getRouteApi("/shell/storage/$storageId");

/** One storage: what lies there, that it is whole, its space, copies, place and keys. */
export function StoragePage() {
  const { storageId } = route.useParams();
  const found = useQuery(storageQuery(storageId));
  if (found.error !== null && found.data === undefined) {
    return <PageError error={found.error} onRetry={() => void found.refetch()} />;
  }
  return found.data === undefined ? (
    <Loading rows={6} />
  ) : (
    <Shown key={storageId} storage={found.data.storage} etag={found.data.etag} />
  );
}

interface Props {
  storage: Storage;
  etag: string;
}

function Shown({ storage, etag }: Props) {
  const { t } = useTranslation("storage");
  const { tab = "overview" } = route.useSearch();
  const navigate = route.useNavigate();
  const shown = useVisibleTabs(storage);
  const open = shown.includes(tab) ? tab : "overview";
  return (
    <>
      <PageHeader
        title={storage.region_label || storage.id}
        crumbs={[{ label: t("title"), to: "/storage" }]}
        {...(storage.is_default
          ? {
              description: (
                <Badge variant="light" tt="none">
                  {t("default")}
                </Badge>
              ),
            }
          : {})}
      />
      <Tabs
        value={open}
        onChange={(chosen) =>
          void navigate({ search: chosen === "overview" ? {} : { tab: chosen as StorageTab } })
        }
        keepMounted={false}
      >
        <TabRow
          mb="lg"
          open={open}
          tabs={shown.map((one) => ({ value: one, label: t(`tab.${one}`) }))}
        />
        <Tabs.Panel value={open} maw={820}>
          <OpenTab tab={open} storage={storage} etag={etag} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** A place without a repository has nothing to prove, free, copy or move. */
function useVisibleTabs(storage: Storage): readonly StorageTab[] {
  const mayManage = useCan("storage.manage");
  const managed: ReadonlySet<StorageTab> = new Set(["replicas", "move", "keys"]);
  return TABS.filter(
    (tab) =>
      tab === "overview" || (storage.repository !== null && (mayManage || !managed.has(tab))),
  );
}

function OpenTab({ tab, storage, etag }: Props & { tab: StorageTab }) {
  switch (tab) {
    case "proof":
      return <ProofTab storage={storage} />;
    case "space":
      return <SpaceTab storage={storage} />;
    case "replicas":
      return <ReplicasTab storage={storage} />;
    case "move":
      return <MoveTab storage={storage} />;
    case "keys":
      return <KeysTab storage={storage} />;
    default:
      return <OverviewTab storage={storage} etag={etag} />;
  }
}
