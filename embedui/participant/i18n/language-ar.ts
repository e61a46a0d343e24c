import shared from '../../shared/i18n/ar.json';
import own from './ar.json';

export default { ...shared, ...own };
