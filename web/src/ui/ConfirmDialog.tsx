import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useState,
} from "react";

const ConfirmModal = lazy(async () => ({
  default: (await import("@/ui/ConfirmModal")).ConfirmModal,
}));

export interface Confirmation {
  title: string;
  text: ReactNode;
  confirmLabel: string;
  /** Instead of "Cancel". */
  cancelLabel?: string;
  /** What has to be typed before the button works: the name of what will be lost. */
  typed?: string;
  /** Cannot be taken back easily: the button that does nothing has the focus. */
  danger?: boolean;
  /** The command that does the same. */
  command?: string | readonly string[];
  /** The dialog stays open while this runs, and shows what it throws. */
  onConfirm: () => Promise<unknown> | undefined;
}

type Ask = (confirmation: Confirmation) => void;
const ConfirmContext = createContext<Ask>(() => undefined);

/** `const confirm = useConfirm(); confirm({ title, text, confirmLabel, onConfirm })`. */
export function useConfirm(): Ask {
  return useContext(ConfirmContext);
}

/** Holds the one dialog that asks before something is done. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Confirmation | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const ask = useCallback<Ask>((confirmation) => {
    setAsked(confirmation);
    setIsOpen(true);
  }, []);
  return (
    <ConfirmContext value={ask}>
      {children}
      {asked !== null && (
        <Suspense>
          <ConfirmModal {...asked} opened={isOpen} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </ConfirmContext>
  );
}
