// Cameras of an office: what an administrator sees of them, and one that an inspector moves. For tools/pictures.mjs.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { program, root } from '../tests/e2e/paths.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const CAMERA = path.join(path.dirname(program), '../tests/camera/rtsp-camera');
const DEVICE = `import sys; sys.path.insert(0, sys.argv[1])
from onvif_device import OnvifDevice
device = OnvifDevice(sys.argv[2])
device.presets = {"1": "门口", "2": "窗边"}
print(device.url, flush=True)
sys.stdin.read()`;

/** Names of pictures that are taken here alone. */
export const names = /^console-camera/;

async function start(command, args) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await new Promise((resolve, reject) => {
        child.once('error', reject);
        readline.createInterface(child.stdout).once('line', (text) => resolve([text]));
    });
    return { child, line };
}

export async function takeCameras({ Desk, ask, browser, gateway, links }) {
    const camera = await start(CAMERA, ['0']);
    const url = `rtsp://127.0.0.1:${camera.line.split(' ')[1]}/live`;
    const device = await start('python3', ['-c', DEVICE, path.join(root, 'tests/system'), url]);
    const administrator = await Desk.open(browser, gateway, links.administrator);
    await addByPage(administrator, { name: '大厅', url, onvif: device.line });
    await ask(gateway, 'camera.add', { name: '院子', unit: 'demo-office-2', url: 'rtsp://127.0.0.1:9/live' });
    await administrator.see('“大厅”可以取流');
    await administrator.page.reload();
    await administrator.page.getByRole('row', { name: /院子/ }).getByRole('button', { name: '测试' }).click();
    await administrator.see('“院子”不能取流');
    await administrator.page.reload();
    await administrator.page.getByRole('row', { name: /大厅/ }).getByRole('button', { name: '测试' }).click();
    await administrator.see('“大厅”可以取流');
    await administrator.both('console-cameras');
    await administrator.context.close();
    const inspector = await Desk.open(browser, gateway, links.inspector);
    await inspector.turnTo(`monitor?source=${encodeURIComponent(`camera:${await idOf(gateway, '大厅')}`)}`);
    await inspector.seePictures(1);
    await inspector.see('门口');
    await wait(3000);
    await inspector.both('console-camera-steer');
    await inspector.context.close();
    for (const { child } of [camera, device])
        child.kill();
}

async function idOf(gateway, name) {
    return gateway.json('camera', 'list').find((one) => one.name === name).id;
}

// The first row is tested at once; then what it has found is shown above the list.
async function addByPage(desk, { name, url, onvif }) {
    await desk.turnTo('cameras');
    await desk.press('添加摄像机');
    const dialog = desk.page.getByRole('dialog').filter({ visible: true });
    for (const [label, value] of [['取流地址', url], ['用户名', 'admin'], ['密码', 's3cret'], ['ONVIF 地址（可不填）', onvif], ['名称', name]])
        await dialog.getByLabel(label, { exact: true }).fill(value);
    await dialog.getByRole('button', { name: '读取码流' }).click();
    await dialog.getByRole('radio').first().waitFor();
    await dialog.getByRole('combobox', { name: '单位' }).fill('青桥');
    await desk.page.getByRole('option', { name: /青桥司法所/ }).click();
    await desk.both('console-camera-add');
    await dialog.getByRole('button', { name: '添加摄像机' }).click();
    await dialog.waitFor({ state: 'hidden' });
}
