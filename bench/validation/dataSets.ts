/** The public data sets behind the figures, as their copies beside the repository name them. */
export interface DataSet {
  readonly name: string;
  readonly source: string;
  readonly licence: string;
  readonly rateHz: string;
  readonly whoAndHow: string;
  /** False where recordings are of things: trials then take the place of people. */
  readonly ofPeople: boolean;
}

export const DATA_SETS: Readonly<Record<string, DataSet>> = {
  broad: {
    name: 'BROAD',
    source: 'Laidig, Caruso, Cereatti, Seel, Data 6(7), 2021, doi:10.3390/data6070072; GitHub dlaidig/broad',
    licence: 'CC BY 4.0',
    rateHz: '286',
    whoAndHow: 'A rigid board moved by hand, slowly to fast, also tapped and shaken, before optical cameras',
    ofPeople: false,
  },
  trunkyxl: {
    name: 'TrunkyXL',
    source: 'Ensink, Sint Maartenskliniek, VR4REHAB TrunkyXL project; GitHub CarmenEnsink/TrunkyXL',
    licence: 'none stated',
    rateHz: '50',
    whoAndHow: 'People on a stool; sensors on the upper back, the mid back and the pelvis',
    ofPeople: true,
  },
  umafall: {
    name: 'UMAFall',
    source: 'Casilari, Santoyo-Ramón, Cano-García, Procedia Computer Science 110, 2017',
    licence: 'none stated',
    rateHz: '20',
    whoAndHow: 'Mostly young adults acting daily activities and falls; sensors on chest and waist',
    ofPeople: true,
  },
  sisfall: {
    name: 'SisFall',
    source: 'Sucerquia, López, Vargas-Bonilla, Sensors 17(1):198, 2017',
    licence: 'none stated',
    rateHz: '200',
    whoAndHow:
      'Young adults and people over sixty acting daily activities, the young falls too; a sensor at the belt buckle',
    ofPeople: true,
  },
  'voisard-gait': {
    name: 'Voisard',
    source:
      'Voisard et al., A Reference Data Set for the Study of Healthy Subject Gait, IPOL; GitHub CyrilVoisard/ipol_dataset_1',
    licence: 'none stated',
    rateHz: '100',
    whoAndHow: 'Healthy adults stand, walk 10 m, turn, walk back; a sensor on the lower back',
    ofPeople: true,
  },
  dsads: {
    name: 'DSADS',
    source: 'Altun, Barshan, Tunçel, Pattern Recognition 43(10), 2010',
    licence: 'none stated',
    rateHz: '25',
    whoAndHow: 'Adults doing nineteen activities for 5 min each, treadmill and sport among them; a sensor on the chest',
    ofPeople: true,
  },
};
