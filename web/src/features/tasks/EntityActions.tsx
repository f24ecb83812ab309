import { Button, Group, Menu } from "@mantine/core";
import {
  IconChevronDown,
  IconCircleCheck,
  IconCircleDashed,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconRestore,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { type Chosen, useEntityActions } from "@/features/tasks/entity-actions";
import { type EntitySearch, isNarrowed } from "@/features/tasks/entity-search";
import type { Entity } from "@/features/tasks/queries";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { MenuAction } from "@/ui/MenuAction";

interface Props {
  taskId: string;
  chosen: readonly Entity[];
  /** Everything that matches the filter, not only what is loaded. */
  wholeMatch: { search: EntitySearch; total: number } | null;
  onDone: () => void;
}

const ITEMS = [
  { action: "activate", verb: "entity.activate", icon: IconCircleCheck },
  { action: "deactivate", verb: "entity.activate", icon: IconCircleDashed },
  { action: "pause", verb: "task.pause", icon: IconPlayerPause },
  { action: "resume", verb: "task.pause", icon: IconPlayerPlay },
  { action: "undelete", verb: "entity.delete", icon: IconRestore },
] as const;

/** The Action menu above the list. */
export function EntityActions({ taskId, chosen, wholeMatch, onDone }: Props) {
  const { t } = useTranslation("tasks");
  const place = { taskId };
  const may = {
    "entity.activate": useCan("entity.activate", place),
    "task.pause": useCan("task.pause", place),
    "entity.delete": useCan("entity.delete", place),
  };
  const mayRun = useCan("task.run", place);
  const wanted: Chosen =
    wholeMatch === null
      ? { entities: chosen }
      : { filter: wholeMatch.search, total: wholeMatch.total };
  const { act, run, remove } = useEntityActions(taskId, wanted, onDone);
  const which = wordsOf(taskId, chosen, wholeMatch);
  return (
    <Group gap="xs">
      {chosen.length > 0 && (
        <CliHint
          command={[
            command("entity.run", which),
            command("entity.activate", which),
            command("entity.pause", which),
            command("entity.delete", which),
          ]}
        />
      )}
      <Menu position="bottom-end" withinPortal disabled={chosen.length === 0}>
        <Menu.Target>
          <Button
            variant="default"
            disabled={chosen.length === 0}
            rightSection={<IconChevronDown size={16} />}
          >
            {t("action.menu")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {mayRun && <MenuAction icon={IconRefresh} label={t("backupNow")} act={run} />}
          {ITEMS.filter((item) => may[item.verb]).map(({ action, icon }) => (
            <MenuAction
              key={action}
              icon={icon}
              label={t(`action.${action}`)}
              act={() => act(action)}
            />
          ))}
          {may["entity.delete"] && (
            <>
              <Menu.Divider />
              <MenuAction icon={IconTrash} label={t("action.delete")} isDanger act={remove} />
            </>
          )}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** Whom the commands are about: some by name, or all that match the filter. */
function wordsOf(task: string, chosen: readonly Entity[], whole: Props["wholeMatch"]) {
  if (whole === null) {
    return { task, entities: chosen.map((one) => one.email || one.name) };
  }
  const { q: filter, status, kind, group } = whole.search;
  return { task, filter, status, kind, group, all: !isNarrowed(whole.search) };
}
