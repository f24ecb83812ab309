import { Menu } from "@mantine/core";
import type { ComponentType } from "react";

interface Props {
  icon: ComponentType<{ size: number }>;
  label: string;
  /** What takes something away stands in red. */
  isDanger?: boolean;
  act: () => Promise<unknown>;
}

/** An entry of a menu that does something; how that went, the action itself tells. */
export function MenuAction({ icon: Icon, label, isDanger = false, act }: Props) {
  return (
    <Menu.Item
      {...(isDanger ? { color: "red" } : {})}
      leftSection={<Icon size={16} />}
      onClick={() => void act()}
    >
      {label}
    </Menu.Item>
  );
}
